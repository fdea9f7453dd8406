import Bytes
import Crypto
import Testing

/// The octets of a hexadecimal text in which blanks and line breaks do not count.
func hex(_ text: String) throws -> [UInt8] {
    try #require(Hex.decode(ByteString(text.utf8.filter { $0 > 0x20 })))
}

func base64(_ text: String) throws -> [UInt8] { try #require(Base64.decodeURL(ByteString(text))) }
