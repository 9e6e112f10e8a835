package sweep

import (
	"net/http"
	"strings"
	"testing"

	"gatepost/handlers"
)

// addPreview uploads a file of one device, and gives the id of its preview.
func (w *world) addPreview(t *testing.T) (id string) {
	t.Helper()
	r := w.owner.Upload(t, "/team/device-imports", "d.csv", "unique_id,display_name\nb,Door\n")
	id, ok := strings.CutPrefix(r.Location, "/team/device-imports/")
	if !ok {
		t.Fatalf("POST /team/device-imports = %d\n%.300s", r.Status, r.Body)
	}
	return strings.TrimSuffix(id, "/preview")
}

// addImport imports a file of one device, and gives the import's id.
func (w *world) addImport(t *testing.T) (id string) {
	t.Helper()
	r := w.owner.Import(t, "d.csv", "unique_id,display_name\na,Door\n")
	id, ok := strings.CutPrefix(r.Location, "/team/device-imports/")
	if !ok {
		t.Fatalf("POST of the preview = %d\n%.300s", r.Status, r.Body)
	}
	return id
}

// A form with a file is read as it comes: whatever comes, it is an answer to read and no 500.
func TestMalformedUploadsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	part := func(head, content string) string {
		return "--x\r\nContent-Disposition: form-data; " + head + "\r\n\r\n" + content + "\r\n"
	}
	file := part(`name="file"; filename="d.csv"`, "unique_id,display_name\nb,Door\n")
	for what, c := range map[string]struct {
		kind, body string
		status     int
	}{
		"no body":               {"multipart/form-data; boundary=x", "", 400},
		"no boundary":           {"multipart/form-data", file + "--x--\r\n", 400},
		"another boundary":      {"multipart/form-data; boundary=y", file + "--x--\r\n", 400},
		"no end":                {"multipart/form-data; boundary=x", file[:len(file)-4], 400},
		"no part":               {"multipart/form-data; boundary=x", "--x--\r\n", 422},
		"no name":               {"multipart/form-data; boundary=x", part(`filename=""; name="file"`, "") + "--x--\r\n", 422},
		"a field that is long":  {"multipart/form-data; boundary=x", part(`name="once"`, strings.Repeat("x", 2000)) + file + "--x--\r\n", 400},
		"a field with NUL":      {"multipart/form-data; boundary=x", part(`name="once"`, "a\x00") + file + "--x--\r\n", 400},
		"a name not in UTF-8":   {"multipart/form-data; boundary=x", part("name=\"file\"; filename=\"\xff.csv\"", "") + "--x--\r\n", 400},
		"many fields":           {"multipart/form-data; boundary=x", strings.Repeat(part(`name="f"`, "v"), 300) + "--x--\r\n", 400},
		"a head without an end": {"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data", 422},
		"mixed":                 {"multipart/mixed; boundary=x", file + "--x--\r\n", 415},
		"a form of fields":      {"application/x-www-form-urlencoded", "file=x", 415},
		"NUL in the file":       {"multipart/form-data; boundary=x", part(`name="file"; filename="d.csv"`, "unique_id,display_name\n\x00,\x00\n") + "--x--\r\n", 303},
	} {
		r := w.owner.Do(t, w.Request(t, http.MethodPost, "/team/device-imports", c.body, "Content-Type", c.kind, "Sec-Fetch-Site", "same-origin", "Origin", w.URL))
		if r.Status != c.status {
			t.Errorf("POST /team/device-imports with %s = %d, want %d\n%.300s", what, r.Status, c.status, r.Body)
		}
		wantShape(t, what, handlers.SignedIn, r)
	}
}
