internal import CPlatform
import Glibc

/// What a process gives up for good.
public enum ProcessHardening {
    /// No core dumps, no tracing by the same uid, no new privileges by exec.
    public static func apply() throws(SystemError) { try system("prctl") { cloakroom_harden_process() } }

    /// From now on no thread of this process can make a socket other than a Unix one; accepted ones are not concerned.
    public static func refuseInternetSockets() throws(SystemError) {
        try system("seccomp") { cloakroom_refuse_inet_sockets() }
    }

    /// Lets this process have as many descriptors open as its hard limit allows.
    public static func raiseDescriptorLimit() throws(SystemError) {
        var limit = rlimit()
        try system("getrlimit") { unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) }
        limit.rlim_cur = limit.rlim_max
        try system("setrlimit") { unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) }
    }

    /// The effective uid and gid of this process.
    public static var identity: PeerCredentials { PeerCredentials(uid: geteuid(), gid: getegid()) }
}
