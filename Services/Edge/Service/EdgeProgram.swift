public import Operations

/// `cloakroom-edge` on the command line.
public enum EdgeProgram {
    public static var program: Program<EdgeSettings> {
        Program(
            service: "edge", summary: "serves browsers: files, logins, and API calls through workers",
            options: [.flag("dev", "plain http for every browser on this machine: cookies without Secure and __Host-")],
            logLevel: { $0.logLevel }, loops: { $0.loops }, load: { EdgeSettings.read($0, $1) },
            start: { try await EdgeService.start($0, $1) })
    }
}
