package grant

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf16"

	"gatepost/handlers/hub"
)

// liveLifetime is how long access tokens in the live shape of the iotconnect dialect last: the vendor's
// published client refreshes them after an hour, and gives up a day after the last refresh.
const liveLifetime = 24 * time.Hour

// VendorUser is the claim user of such a token. The vendor's client reads from it who is logged in, and
// to which company.
type VendorUser struct {
	ID           string `json:"id"`        // the person's
	CompanyID    string `json:"companyId"` // the team's
	RoleID       string `json:"roleId"`
	RoleName     string `json:"roleName"`
	CPID         string `json:"cpId"`         // the team's short name
	EntityGUID   string `json:"entityGuid"`   // of the root of the team's entities
	SolutionGUID string `json:"solutionGuid"` // the team's
	SolutionKey  string `json:"solutionKey"`
}

// shape returns how long the token of a request lasts, and adds what the shape of it needs.
func (s *Server) shape(ctx context.Context, f *flow) (time.Duration, error) {
	if !f.Live {
		return f.client.TokenLifetime, nil
	}
	app, err := s.DB.App(ctx, f.client.ClientID)
	if err != nil {
		return 0, notFoundAs(err, errFamilyEnded)
	}
	team, err := s.DB.Team(ctx, app.TeamID)
	if err != nil {
		return 0, notFoundAs(err, errFamilyEnded)
	}
	member, err := s.DB.Member(ctx, team.ID, f.resolved.personID)
	if err != nil {
		return 0, notFoundAs(err, errFamilyEnded)
	}
	f.user = &VendorUser{
		ID: member.PersonID, CompanyID: team.ID, RoleID: member.Role, RoleName: member.Role, CPID: hub.ShortName(team),
		EntityGUID: hub.EntityGUID(team.ID, ""), SolutionGUID: team.ID, SolutionKey: team.SolutionKey,
	}
	return liveLifetime, nil
}

// signLive signs claims for the vendor's client, which decodes their base64url as plain base64.
func (s *Server) signLive(c claims) (string, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("grant: signLive: %w", err)
	}
	return s.Keys.SignText(plainBase64(text))
}

// plainBase64 returns a JSON object with the same values, whose base64url is its base64 too. The two
// alphabets differ in the digits 62 and 63. With bytes below 128, only the last digit of three bytes can
// be one of them, and is if the third byte is one of > ? ~ and DEL. None of these is left, and spaces fill
// the text up to a multiple of three bytes, for which base64 has no padding.
func plainBase64(object []byte) []byte {
	out := make([]byte, 0, len(object)+8)
	for _, c := range string(object) {
		switch {
		case c > 0xFFFF:
			high, low := utf16.EncodeRune(c)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		case c >= 0x7F, c == '>', c == '?', c == '~':
			out = fmt.Appendf(out, `\u%04x`, c)
		default:
			out = append(out, byte(c))
		}
	}
	out = bytes.TrimSuffix(out, []byte("}"))
	for len(out)%3 != 2 {
		out = append(out, ' ')
	}
	return append(out, '}')
}
