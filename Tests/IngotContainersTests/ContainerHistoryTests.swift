import IngotCore
import Testing

@testable import IngotContainers

@Suite("What an engine tells of a container's past")
struct ContainerHistoryTests {
    private static func event(_ action: String, _ seconds: Int64, _ attributes: JSONValue = [:]) -> JSONValue {
        [
            "Action": .string(action), "Actor": ["Attributes": attributes],
            "timeNano": .integer(seconds * 1_000_000_000),
        ]
    }

    @Test("A signal's number is believed; one without a number is a kill when the container dies of it")
    func signals() {
        let died = Self.event("die", 10, ["exitCode": "137"])
        let numbered = ContainerHistory([Self.event("kill", 10, ["signal": "9"]), died])
        #expect(numbered.killSignal == 9)
        #expect(numbered.exitCode == 137)
        #expect(ContainerHistory([Self.event("kill", 9), died]).killSignal == 9)
        #expect(ContainerHistory([Self.event("kill", 2), died]).killSignal == nil)
        #expect(ContainerHistory([Self.event("kill", 9)]).killSignal == nil)
        #expect(ContainerHistory([Self.event("kill", 2), Self.event("kill", 9), died]).killSignal == 9)
        #expect(ContainerHistory([Self.event("oom", 9), died]).saysOutOfMemory)
    }
}
