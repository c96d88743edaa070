import IngotPoliceToCitizen
import IngotRecords
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite("The state plane")
struct StatePlaneTests {
    struct Point: Sendable, CustomTestStringConvertible {
        var unit: StatePlane.Unit
        var x: Double
        var y: Double
        var latitude: Double
        var longitude: Double

        var testDescription: String { "\(x), \(y) \(unit)" }
    }

    /// As PROJ 9 (pyproj) gives them: EPSG:26975, and EPSG:3417 for feet, to EPSG:4326.
    static let points = [
        Point(
            unit: .metres,
            x: 1_701_100.25,
            y: 1_100_700.5,
            latitude: 42.38043702518976,
            longitude: -91.0576997782466
        ),
        Point(unit: .metres, x: 1_500_000, y: 1_000_000, latitude: 41.5, longitude: -93.5),
        Point(unit: .metres, x: 1_733_000, y: 1_111_000, latitude: 42.4641565478859, longitude: -90.66636596537397),
        Point(unit: .metres, x: 1_250_000, y: 1_200_000, latitude: 43.259500996082544, longitude: -96.57961745744147),
        Point(unit: .feet, x: 5_580_000, y: 3_611_000, latitude: 42.37992888956705, longitude: -91.06152005499304),
    ]

    @Test("gives control points within a metre", arguments: points)
    func control(point: Point) throws {
        let place = try #require(StatePlane(unit: point.unit).coordinates(x: point.x, y: point.y))
        let north = (place.latitude - point.latitude) * 111_320
        let east = (place.longitude - point.longitude) * 111_320 * cos(point.latitude * .pi / 180)
        #expect((north * north + east * east).squareRoot() < 0.01)
    }

    @Test(
        "gives nothing for what is no place in Iowa",
        arguments: [(0.0, 0.0), (1e12, 1), (.nan, 1), (1_500_000, 9e6)]
    )
    func nowhere(x: Double, y: Double) {
        #expect(StatePlane(unit: .metres).coordinates(x: x, y: y) == nil)
    }
}
