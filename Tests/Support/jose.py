"""Signed tokens, right ones and wrong ones."""

import base64
import hashlib
import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class SigningKey:
    def __init__(self):
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        numbers = self.private.public_key().public_numbers()
        self.modulus = encode(numbers.n.to_bytes(256, "big"))
        self.exponent = encode(numbers.e.to_bytes(3, "big"))
        self.kid = encode(hashlib.sha256(self.modulus.encode()).digest()[:9])

    def public_jwk(self):
        return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": self.modulus, "e": self.exponent}

    def sign(self, data):
        return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())


def signed(header, claims, key, other_key, signature):
    """The compact form; `signature` is "right", "wrong" (one bit), "other key" or "none" (with that algorithm)."""
    if signature == "none":
        header = {**header, "alg": "none"}
    parts = ".".join(encode(json.dumps(part).encode()) for part in (header, claims))
    made = (other_key if signature == "other key" else key).sign(parts.encode())
    if signature == "wrong":
        made = bytes([made[0] ^ 1]) + made[1:]
    return f"{parts}.{'' if signature == 'none' else encode(made)}"
