package openapi

import (
	"net/http"
	"strings"
	"time"

	"gatepost/tests/testapp"
)

// dry proves that a dry run says what an import would do, of files as spreadsheets save them, and does nothing.
func dry(w *ground, headers []string) {
	const path = "/api/v1/device-imports?dry_run=true"
	for what, c := range map[string]struct{ file, encoding, separator string }{
		"UTF-8 with a mark": {"\ufeffUnique ID;Display name;Notes\r\nDRY-1;Tür;x\r\nDRY 2;Tür;\r\nCSV-1;Taken;\r\n", "UTF-8", ";"},
		"Windows-1252":      {"uniqueId\tdisplayName\tNotes\rDRY-1\tT\xfcr\tx\rDRY 2\tT\xfcr\t\rCSV-1\tTaken\t\r", "Windows-1252", "\t"},
		"UTF-16":            {utf16Of("sep=,\nunique_id,display_name,Notes\nDRY-1,Tür,x\nDRY 2,Tür,\nCSV-1,Taken,\n"), "UTF-16", ","},
	} {
		var got struct {
			DryRun    bool   `json:"dry_run"`
			Encoding  string `json:"encoding"`
			Separator string `json:"separator"`
			Columns   []struct {
				Heading string  `json:"heading"`
				Column  *string `json:"column"`
			} `json:"columns"`
			Lines   int `json:"lines"`
			Added   int `json:"added"`
			Refused int `json:"refused"`
			First   []struct {
				Refused bool              `json:"refused"`
				Values  map[string]string `json:"values"`
			} `json:"first_lines"`
			Lost []struct {
				Line   int    `json:"line"`
				Reason string `json:"reason"`
			} `json:"refused_lines"`
		}
		if r := w.send(422, http.MethodPost, path, c.file, headers...); !strings.Contains(r.Body, "“Notes” is unknown") {
			w.Errorf("a dry run of %s = %s, want the unknown column named", what, r.Body)
		}
		w.send(200, http.MethodPost, path+"&unknown_columns=ignore", c.file, headers...).JSON(w, &got)
		if !got.DryRun || got.Encoding != c.encoding || got.Separator != c.separator || got.Lines != 3 || got.Added != 1 || got.Refused != 2 {
			w.Errorf("a dry run of %s = %+v, want one of three lines added", what, got)
			continue
		}
		if len(got.Columns) != 3 || got.Columns[2].Column != nil || *got.Columns[1].Column != "display_name" || got.First[0].Values["display_name"] != "Tür" || !got.First[1].Refused ||
			!strings.Contains(got.Lost[0].Reason, "The file has “DRY 2”") || !strings.Contains(got.Lost[1].Reason, "has a device with this unique id already") {
			w.Errorf("a dry run of %s = %+v", what, got)
		}
	}
	w.send(422, http.MethodPost, path, "unique_id,display_name\n", headers...)
	w.send(422, http.MethodPost, "/api/v1/device-imports?dry_run=maybe", "unique_id,display_name\na,b\n", headers...)
	w.send(422, http.MethodPost, "/api/v1/device-imports?unknown_columns=drop", "unique_id,display_name\na,b\n", headers...)
	if got := w.list(w.token, "?unique_id=DRY-1"); len(got.Devices) != 0 {
		w.Errorf("a dry run has added %+v", got)
	}
	// The same file, without the dry run.
	r := w.send(202, http.MethodPost, "/api/v1/device-imports?unknown_columns=ignore", "Unique ID;Display name;Active;Notes\r\nDRY-1;T\xfcr;nein;x\r\n", headers...)
	testapp.Until(w, 30*time.Second, "the import is done", func() bool {
		return strings.Contains(w.send(200, http.MethodGet, r.Location, "", testapp.Bearer(w.token)...).Body, `"state":"done"`)
	})
	if got := w.list(w.token, "?unique_id=DRY-1"); len(got.Devices) != 1 || got.Devices[0].DisplayName != "Tür" {
		w.Errorf("the device of the file = %+v, want Tür", got)
	} else if one := w.send(200, http.MethodGet, "/api/v1/devices/"+got.Devices[0].GUID, "", testapp.Bearer(w.token)...); !strings.Contains(one.Body, `"is_active":false`) {
		w.Errorf("the device of the file = %s, want it inactive", one.Body)
	}
}

// utf16Of returns a text of the first plane in UTF-16, little end first, without a mark.
func utf16Of(text string) string {
	var out []byte
	for _, r := range text {
		out = append(out, byte(r), byte(r>>8))
	}
	return string(out)
}
