package contract

import (
	"testing"

	"gatepost/db"
)

var settingPromises = []promise{
	{"settings: the first value is kept", firstSettingStands},
	{"settings: of forty first values at once all see one", oneFirstSetting},
}

func firstSettingStands(t *testing.T, s store) {
	_, err := s.Setting(t.Context(), "pepper")
	wantErr(t, "Setting(none)", err, db.ErrNotFound)
	for i, value := range []string{"one", "two"} {
		s.do(t, func(tx *db.Tx) error {
			got, err := tx.KeepSetting(t.Context(), "pepper", value)
			if got != "one" {
				t.Errorf("KeepSetting number %d = %q, want %q", i+1, got, "one")
			}
			return err
		})
	}
	equal(t, "Setting", must[string](t)(s.Setting(t.Context(), "pepper")), "one")
}

func oneFirstSetting(t *testing.T, s store) {
	got := make([]string, 40)
	for _, err := range atOnce(len(got), func(i int) error {
		return s.Tx(t.Context(), func(tx *db.Tx) (err error) {
			got[i], err = tx.KeepSetting(t.Context(), "pepper", fresh("value"))
			return err
		})
	}) {
		if err != nil {
			t.Errorf("KeepSetting: %v", err)
		}
	}
	stands := must[string](t)(s.Setting(t.Context(), "pepper"))
	for _, value := range got {
		equal(t, "KeepSetting", value, stands)
	}
}
