/// Tokens signed with the openssl command, all of the claims `{"iss":"https://id.example","aud":"client","sub":"user",
/// "exp":1700000300,"iat":1700000000,"nonce":"n-1"}`, and the keys they verify with.
enum Signed {
    static let modulus = """
        5YvF6Jg3A95YBFRCgy_mDuTx0o72-sCcSE4mWB77lC1JTOdQ6zoqdTEf20Cc3MbAu34RnGQyFDMNmF2vvtpYi1P_S_S190AgTcTz\
        Xm146hwwpWQfqICt4J1w6oEuS9R7JmBVDdmH4_TcSTpqc_GRFRqx-3mAAunsEIBF-XVTuzzo_v4eQBE2yuxAXNHLpKC6ZcSHlL3a\
        FSwjgKz0Pebzn-j0xv5oyQPBCRAro5jNyjPNVHwTLTW-cZP6MhPXeIMeJ7N3tJzSnlHEWU1Szb87iIdRFDd8cYFPeKyRcgenY4am\
        cAOqDPro_bdDMNqSf6I-C5sJdjvwLYdfD88kBhSs2w
        """
    static let x = "bjyn0JGMw72rL_U8vcK4iCMEyvnxVJiwdvjCqzwjrEY"
    static let y = "qEKljyEZFs-Hi14YAJmoVW7nhZXU2Jj9sMzjKqITK8A"
    static let keys = """
        {"keys":[{"kty":"RSA","kid":"r","use":"sig","n":"\(modulus)","e":"AQAB"},\
        {"kty":"EC","kid":"e","use":"sig","crv":"P-256","x":"\(x)","y":"\(y)"}]}
        """
    static let rs256 = """
        eyJhbGciOiJSUzI1NiIsImtpZCI6InIifQ.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJjbGllbnQiLCJzdWIiO\
        iJ1c2VyIiwiZXhwIjoxNzAwMDAwMzAwLCJpYXQiOjE3MDAwMDAwMDAsIm5vbmNlIjoibi0xIn0.LtzkkxLGZln6ZchBdDO7yEnxA\
        3_eq26i8_Mf2xSKUQa-YNaqdabIyZJ0f1zRkQ4TqGdZnf6AGa2x1TX9EZzC_LiZVzObDdkqqhYxI-Z7azPzAIsGLwrJ9AQ7ghfPQ\
        kJp-L7t78m3iF1Kg-FtZ9b2CRKMWZm4h3TQ1sVWYZJ4Z8XYJcaPolyO5YkK63vV8MVCRTf_B6DOxVkp5EceZUbKjyCrE6JmVHVIm\
        x5mSxKvQo4pPLfGQtWaldvIpZvRKlPXjyDXYPQZvXUjwiUkH40GQTkWNsCEvd6-v3Xo7MQZE7h-BpLNG_JwKEU2jQoM9ApeT8K0U\
        ONAz50hNoccejaMqw
        """
    static let ps256 = """
        eyJhbGciOiJQUzI1NiIsImtpZCI6InIifQ.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJjbGllbnQiLCJzdWIiO\
        iJ1c2VyIiwiZXhwIjoxNzAwMDAwMzAwLCJpYXQiOjE3MDAwMDAwMDAsIm5vbmNlIjoibi0xIn0.bmvereYYUJzorntUQBu7KQC65\
        oNj3kX7BBtrIUB5BZUG1PtEH5YzIzfnYOfgzrSfAugYowZY3wthIPtqC-BY9Lrx2nDyCFFfK66UUHGod0PtnglnQ7GohdNlIumKJ\
        Cc54Ll963vmds2ApjWIj0TDaXh1Xxu7w45liT0cpr626oeh6QYcl9rGPnqDjDoENdynqoBLUrbEXAmWUc_RBNdVG0dz4IH8EA8wK\
        4D8qZ7ogB6pnjXf5pwcLT27tcgGNOQjWUnMRd7fKFTPY5lEvwXttqvsHBanePc2bAAYjC-VMd01yZV7BRO3iXHydvQbmFRNUCntZ\
        lQtaneGM9dWkvkQWw
        """
    static let es256 = """
        eyJhbGciOiJFUzI1NiIsImtpZCI6ImUifQ.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJjbGllbnQiLCJzdWIiO\
        iJ1c2VyIiwiZXhwIjoxNzAwMDAwMzAwLCJpYXQiOjE3MDAwMDAwMDAsIm5vbmNlIjoibi0xIn0.-H67nQQWRxI3tJEfnOGGjqPCt\
        HMWq17U1LHzAjaZgSgkkca9k7Ti3dXisCbzmoQUkMDg_9w3tTGF9WS_yrXAAQ
        """
}
