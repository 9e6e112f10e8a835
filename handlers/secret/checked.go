package secret

import (
	"hash/crc32"
	"strings"
)

// Prefixes of the tokens that NewChecked makes.
const (
	PersonalToken     = "gpp_"
	RefreshToken      = "gpr_"
	AuthorizationCode = "gpc_"
	DeviceCode        = "gpd_"
)

const checksumLength = 6 // CRC-32 in base62

// NewChecked returns a random token of at least 256 bits after prefix, with a checksum at the
// end, and its HashToken, which is what is stored. Scanners find leaked tokens by the prefix,
// and a mistyped or made-up token is refused without a query.
func NewChecked(prefix string) (plain, hash string) {
	body := prefix + random(tokenLength, base62)
	plain = body + checksum(body)
	return plain, HashToken(plain)
}

// WellFormed says whether presented has the form of NewChecked's tokens with this prefix. It
// doesn't say that such a token exists.
func WellFormed(prefix, presented string) bool {
	if len(presented) != len(prefix)+tokenLength+checksumLength || !strings.HasPrefix(presented, prefix) || !isBase62(presented[len(prefix):]) {
		return false
	}
	body := presented[:len(presented)-checksumLength]
	return checksum(body) == presented[len(body):] // not a secret: anybody can compute it
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
