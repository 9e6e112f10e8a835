package hub

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"gatepost/db"
)

// maxShortName is the maximum length of a team's short name, in bytes.
const maxShortName = 24

// ShortName returns a team's name as programs want it: letters and digits of ASCII, in lower case. A name
// without any gets one from the team's id. It changes with the team's name, and two teams can have the
// same.
func ShortName(t db.Team) string {
	var out strings.Builder
	for _, c := range strings.ToLower(norm.NFKD.String(t.Name)) {
		if (c >= 'a' && c <= 'z' || c >= '0' && c <= '9') && out.Len() < maxShortName {
			out.WriteRune(c)
		}
	}
	if out.Len() > 0 {
		return out.String()
	}
	id := strings.ReplaceAll(t.ID, "-", "")
	return "team" + id[max(0, len(id)-12):]
}

// EntityGUID returns the guid of an entity of the iotconnect dialect: that of a group of a team's devices
// or, for no group, of the team itself. Neither has a guid of its own, so this one is made from the team's
// id and the group's name, as a UUID of version 8 (RFC 9562 section 5.8).
func EntityGUID(teamID, group string) string {
	sum := sha256.Sum256([]byte("entity\x00" + teamID + "\x00" + group))
	sum[6], sum[8] = sum[6]&0x0F|0x80, sum[8]&0x3F|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
