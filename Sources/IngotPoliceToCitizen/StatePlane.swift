public import IngotRecords

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The plane of EPSG:26975, “NAD83 / Iowa North”: a Lambert conformal conic projection with two standard parallels on
/// the ellipsoid GRS 80.
///
/// Formulas: IOGP Publication 373-7-2, “Coordinate Conversions and Transformations including Formulas”, method 9802;
/// parameters: <https://epsg.org/crs_26975>. NAD 83 is taken for WGS 84, as EPSG's null transformation 1188 does; that
/// is right to about a metre.
public struct StatePlane: Sendable {
    /// What the plane's coordinates are measured in.
    public enum Unit: String, Sendable, CaseIterable {
        case metres
        /// US survey feet, 1200/3937 m each.
        case feet

        var metres: Double { self == .metres ? 1 : 1200.0 / 3937.0 }
    }

    public var unit: Unit

    public init(unit: Unit) { self.unit = unit }

    private static let semiMajorAxis = 6_378_137.0
    private static let inverseFlattening = 298.257_222_101
    private static let originLatitude = radians(41.5)
    private static let originLongitude = radians(-93.5)
    private static let northParallel = radians(43 + 16.0 / 60)
    private static let southParallel = radians(42 + 4.0 / 60)
    private static let falseEasting = 1_500_000.0
    private static let falseNorthing = 1_000_000.0

    private static let flattening = 1 / inverseFlattening
    private static let eccentricity = (2 * flattening - flattening * flattening).squareRoot()
    private static let cone: Double =
        (log(scale(southParallel)) - log(scale(northParallel))) / (log(t(southParallel)) - log(t(northParallel)))
    private static let factor: Double = scale(southParallel) / (cone * pow(t(southParallel), cone))
    private static let originRadius: Double = radius(originLatitude)

    /// The place of a point of the plane.
    ///
    /// - Returns: `nil` for what is no point of Iowa or near it: 0, for example, by which portals say “unknown”.
    public func coordinates(x: Double, y: Double) -> Coordinates? {
        let east = x * unit.metres - Self.falseEasting
        let north = Self.originRadius - (y * unit.metres - Self.falseNorthing)
        let radius = (east * east + north * north).squareRoot()
        guard radius.isFinite, radius > 0 else { return nil }
        let t = pow(radius / (Self.semiMajorAxis * Self.factor), 1 / Self.cone)
        let longitude = atan2(east, north) / Self.cone + Self.originLongitude
        let e = Self.eccentricity
        var latitude = Double.pi / 2 - 2 * atan(t)
        // Each step gains two digits or more; far fewer than these are needed.
        for _ in 0..<15 {
            let sine = e * sin(latitude)
            latitude = Double.pi / 2 - 2 * atan(t * pow((1 - sine) / (1 + sine), e / 2))
        }
        let place = Coordinates(latitude: latitude * 180 / .pi, longitude: longitude * 180 / .pi)
        guard (40.0...44.0).contains(place.latitude), (-97.5 ... -89.0).contains(place.longitude) else { return nil }
        return place
    }

    private static func radians(_ degrees: Double) -> Double { degrees * .pi / 180 }

    private static func scale(_ latitude: Double) -> Double {
        let sine = eccentricity * sin(latitude)
        return cos(latitude) / (1 - sine * sine).squareRoot()
    }

    private static func t(_ latitude: Double) -> Double {
        let sine = eccentricity * sin(latitude)
        return tan(.pi / 4 - latitude / 2) / pow((1 - sine) / (1 + sine), eccentricity / 2)
    }

    private static func radius(_ latitude: Double) -> Double { semiMajorAxis * factor * pow(t(latitude), cone) }
}
