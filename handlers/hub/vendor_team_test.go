package hub_test

import (
	"regexp"
	"testing"

	"gatepost/db"
	"gatepost/handlers/hub"
)

func TestShortName(t *testing.T) {
	for name, want := range map[string]string{
		"Acme": "acme", "Acme Water GmbH": "acmewatergmbh", "Caffè ☕": "caffe", "مستشفى": "team123456789abc", "Ａｃｍｅ ２": "acme2", "ÅNGSTRÖM": "angstrom",
		"👩‍💻": "team123456789abc", "O'Neil & Sons <b>": "oneilsonsb", "A name that is longer than anybody needs": "anamethatislongerthanany", "Ⅷ": "viii",
	} {
		if got := hub.ShortName(db.Team{ID: "0123456789abc", Name: name}); got != want {
			t.Errorf("ShortName(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestEntityGUID(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for _, of := range [][2]string{{"a", ""}, {"a", "b"}, {"ab", ""}, {"a", "B"}, {"b", "a"}} {
		guid := hub.EntityGUID(of[0], of[1])
		if !form.MatchString(guid) || seen[guid] || guid != hub.EntityGUID(of[0], of[1]) {
			t.Errorf("EntityGUID(%q, %q) = %s, want a UUID of its own", of[0], of[1], guid)
		}
		seen[guid] = true
	}
}
