package secret

import "hash/crc32"

const checksumLength = 6 // CRC-32 in base62

// NewChecked returns a random token of at least 256 bits after prefix, with a checksum at the
// end, and its HashToken, which is what is stored. Scanners find leaked tokens by the prefix,
// and a mistyped or made-up token is refused without a query.
func NewChecked(prefix string) (plain, hash string) {
	body := prefix + random(tokenLength, base62)
	plain = body + checksum(body)
	return plain, HashToken(plain)
}

func checksum(body string) string {
	n := crc32.ChecksumIEEE([]byte(body))
	var sum [checksumLength]byte
	for i := range sum {
		sum[i] = base62[n%62]
		n /= 62
	}
	return string(sum[:])
}
