internal import Bytes
internal import HTTP
internal import Operations
internal import Platform
internal import Session

extension ConfigurationReader {
    /// One of the `frontends`; nil after a problem that leaves nothing to go on with.
    func frontend(_ csrf: (name: FieldName, text: ByteString), _ routes: Routes, isDevelopment: Bool) -> Frontend? {
        let id = frontendID()
        let origin = origin()
        let prefix = prefix(routes)
        let files = files()
        let fallback = fallback(files)
        let providers = values("providers", .string, atLeast: 1)
        let cookies = cookies(origin, isDevelopment: isDevelopment)
        let trusted = trustedOrigins()
        guard let origin else { return nil }
        return Frontend(
            id: id, origin: origin, prefix: prefix, files: files, fallback: fallback, providers: providers,
            cookies: cookies, trustedOrigins: trusted, csrfHeader: csrf.name, csrfHeaderText: csrf.text)
    }

    private func frontendID() -> ByteString {
        let id = string("id", default: "app")
        if !CookieNames.isUsable(id) {
            problem("id", "not usable", hint: "write at most 64 letters, digits, -, _ and .")
        }
        return id
    }

    private func origin() -> HTTPOrigin? {
        let text = string("origin")
        guard !text.isEmpty else { return nil }
        guard let origin = HTTPOrigin(text) else {
            problem(
                "origin", "is no origin", hint: "write scheme and host, such as \"https://app.example\", without a path"
            )
            return nil
        }
        if !origin.isSecure, !origin.isLoopback {
            problem("origin", "must be https", hint: "plain http is for localhost alone; put TLS in front")
        }
        return origin
    }

    private func prefix(_ routes: Routes) -> ByteString {
        let prefix = string("prefix", default: "/bff")
        guard LocalPath(prefix) != nil, !prefix.hasSuffix("/"),
            !prefix.bytes.contains(where: { "?#%".utf8.contains($0) })
        else {
            problem("prefix", "not usable", hint: "write a path such as \"/bff\", without a slash at its end")
            return "/bff"
        }
        for route in routes.all where route.pattern.text == prefix || route.pattern.text.hasPrefix(prefix + "/") {
            problem(
                "prefix", "route \"\(route.id.text)\" lies below it", hint: "give the route or the prefix another path")
        }
        return prefix
    }

    private func files() -> StaticFiles? {
        guard let path = optionalPath("files") else { return nil }
        do throws(SystemError) { return try StaticFiles(path) } catch {
            problem("files", "cannot be opened: \(error)", hint: "name an existing directory that this user may read")
            return nil
        }
    }

    private func fallback(_ files: StaticFiles?) -> LocalPath? {
        guard let text = optional("fallback", .string) else { return nil }
        guard let path = LocalPath(text), let relative = StaticFiles.relativePath(path.bytes.bytes[...]) else {
            problem("fallback", "is no path of a file", hint: "write \"/index.html\"")
            return nil
        }
        if let files, files.open(relative) == nil {
            problem("fallback", "is not among the files", hint: "name an existing file below \"files\"")
        }
        return path
    }

    private func cookies(_ origin: HTTPOrigin?, isDevelopment: Bool) -> CookieNames {
        let base = string("cookie", default: "cloakroom")
        guard CookieNames.isUsable(base) else {
            problem("cookie", "not usable", hint: "write at most 64 letters, digits, -, _ and .")
            return CookieNames("cloakroom")
        }
        guard isDevelopment, let origin, !origin.isSecure else { return CookieNames(base) }
        return CookieNames(base, developmentPort: origin.port)
    }

    private func trustedOrigins() -> [ByteString] {
        values("api_origins", .string).compactMap { text in
            if let origin = HTTPOrigin(text) { return origin.bytes }
            problem(
                "api_origins", "\"\(text)\" is no origin",
                hint: "write scheme and host, such as \"https://www.app.example\"")
            return nil
        }
    }
}

extension HTTPOrigin {
    /// Whether it is on this machine, where plain http harms nobody.
    fileprivate var isLoopback: Bool {
        let host = self.host
        return host == "localhost" || host.hasSuffix(".localhost") || host == "[::1]" || host.hasPrefix("127.")
    }

    private var host: ByteString {
        guard let colon = portColon else { return authority }
        return ByteString(authority.bytes[..<colon])
    }

    private var portColon: Int? {
        guard let colon = authority.bytes.lastIndex(of: UInt8(ascii: ":")),
            authority.bytes[colon...].dropFirst().allSatisfy(ASCII.isDigit)
        else { return nil }
        return colon
    }

    fileprivate var port: UInt16 {
        guard let colon = portColon else { return isSecure ? 443 : 80 }
        return Decimal.parse(authority.bytes[(colon + 1)...]).flatMap(UInt16.init(exactly:)) ?? 80
    }
}
