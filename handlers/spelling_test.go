package handlers

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Each path of the vendor is found in any case and with a slash at its end, and what its wildcards hold
// stays as it was sent.
func TestVendorPathsInAnySpelling(t *testing.T) {
	var table spellings
	for _, r := range Routes() {
		if _, path, _ := strings.Cut(r.Pattern, " "); ofVendor(path) {
			table.add(path)
		}
	}
	respelled := func(path string) string {
		return table.respell(httptest.NewRequest(http.MethodGet, path, nil)).URL.EscapedPath()
	}
	const odd = "aB%2FcD%3F"
	n := 0
	for _, r := range Routes() {
		_, path, _ := strings.Cut(r.Pattern, " ")
		if r.Group != Iotconnect {
			continue
		}
		n++
		var fixed, other []string
		for segment := range strings.SplitSeq(path, "/") {
			if strings.HasPrefix(segment, "{") {
				fixed, other = append(fixed, odd), append(other, odd)
				continue
			}
			fixed, other = append(fixed, segment), append(other, strings.ToUpper(segment))
		}
		want := strings.Join(fixed, "/")
		for _, sent := range []string{want, want + "/", strings.Join(other, "/"), strings.Join(other, "/") + "/"} {
			if got := respelled(sent); got != want {
				t.Errorf("respell(%s) = %s, want %s", sent, got, want)
			}
		}
	}
	if n < 40 {
		t.Errorf("the table has %d routes of the vendor, want at least 40", n)
	}
	for _, path := range []string{
		"/api/v1/ME", "/API/v1/me/", "/OAUTH2/token", "/Apps/auth", "/api/v2/device//", "/api/v2/nothing/", "/api/v2.2/device", "/api/v20/device", "/api/v2/device/x/y/",
	} {
		if got := respelled(path); got != path {
			t.Errorf("respell(%s) = %s, want it as it was", path, got)
		}
	}
}
