internal import Bytes

/// Ciphertext as it is stored: the box, and the id of the key that made it.
///
/// What each box is bound to (its additional authenticated data), besides the format's version:
///
/// | table, column | row id | owner | issuer, client | generation |
/// |---|---|---|---|---|
/// | `session`, `claims` | session id | user key | its own | – |
/// | `token_grant`, `refresh_token` | grant id | session id, or owner key of a connection | its own | of the row |
/// | `access_token`, `token` | grant id and target | as its grant | of its grant | of the row |
/// | `login_transaction`, `secrets` | state hash | browser hash | its own | – |
///
/// A row of `revocation_queue` holds a box as it was sealed for `token_grant` (no target) or `access_token`; the row
/// repeats the parts that the box is bound to.
struct Sealed: Hashable, Sendable {
    var key: ByteString
    var box: [UInt8]
}
