package contract

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatepost/db"
)

var deviceQueryPromises = []promise{
	{"device queries: every field narrows, and LIKE's wildcards are plain text", queriesNarrow},
	{"device queries: every sort is a total order, page by page", queriesSort},
	{"device queries: a viewer only finds and counts granted devices", queriesKeepToGrants},
	{"device queries: devices are listed page by page, equal names by guid", devicesPageByPage},
	{"device queries: a list by name continues from any place", devicesFromAPlace},
}

func (s store) find(t *testing.T, q db.DeviceQuery) (names []string) {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 100
	}
	for _, d := range must[[]db.Device](t)(s.FindDevices(t.Context(), q)) {
		names = append(names, d.DisplayName)
	}
	if q.Limit == 100 {
		equal(t, fmt.Sprintf("CountDevices(%+v)", q), must[int](t)(s.CountDevices(t.Context(), q)), len(names))
	}
	return names
}

func queriesNarrow(t *testing.T, s store) {
	f, other := s.fixture(t), s.fixture(t)
	add := func(teamID, uniqueID, name, template, entity, group string, active bool) {
		s.add(t, db.Device{GUID: fresh("device"), TeamID: teamID, UniqueID: uniqueID, DisplayName: name, TemplateGUID: template, EntityName: entity,
			GroupName: group, Active: active, CreatedAt: now(), UpdatedAt: now()})
	}
	add(f.team.ID, "SN-1", "Alpha 100%", "t1", "e1", "g1", true)
	add(f.team.ID, "SN_2", "beta", "t1", "e2", "g1", false)
	add(f.team.ID, "sn-3", `back\slash`, "t2", "e1", "g2", true)
	s.add(t, db.Device{GUID: fresh("device"), TeamID: f.team.ID, UniqueID: "X4", DisplayName: "Éclair_ß", Active: true, LastConnection: now(), CreatedAt: now(), UpdatedAt: now()})
	add(other.team.ID, "SN-1", "Alpha elsewhere", "t1", "e1", "g1", true)
	mine := db.DeviceFilter{TeamID: f.team.ID}
	yes, no := true, false
	for what, c := range map[string]struct {
		query db.DeviceQuery
		want  []string
	}{
		"nothing":                   {db.DeviceQuery{}, []string{"Alpha 100%", `back\slash`, "beta", "Éclair_ß"}},
		"search":                    {db.DeviceQuery{Search: "ALPHA"}, []string{"Alpha 100%"}},
		"search of a unique id":     {db.DeviceQuery{Search: "sn-"}, []string{"Alpha 100%", `back\slash`}},
		"search of a percent sign":  {db.DeviceQuery{Search: "%"}, []string{"Alpha 100%"}},
		"search of an underscore":   {db.DeviceQuery{Search: "_"}, []string{"beta", "Éclair_ß"}},
		"search of a backslash":     {db.DeviceQuery{Search: `\`}, []string{`back\slash`}},
		"search of other letters":   {db.DeviceQuery{Search: "Éclair"}, []string{"Éclair_ß"}},
		"search in small letters":   {db.DeviceQuery{Search: "éclair"}, []string{"Éclair_ß"}},
		"search in capitals":        {db.DeviceQuery{Search: "ÉCLAIR"}, []string{"Éclair_ß"}},
		"search of a quote":         {db.DeviceQuery{Search: "'"}, nil},
		"search of another's":       {db.DeviceQuery{Search: "elsewhere"}, nil},
		"active":                    {db.DeviceQuery{Active: &yes}, []string{"Alpha 100%", `back\slash`, "Éclair_ß"}},
		"not active":                {db.DeviceQuery{Active: &no}, []string{"beta"}},
		"unique id":                 {db.DeviceQuery{UniqueID: "SN-1"}, []string{"Alpha 100%"}},
		"unique id in another case": {db.DeviceQuery{UniqueID: "sn-1"}, nil},
		"part of a unique id":       {db.DeviceQuery{UniqueIDPart: "sn"}, []string{"Alpha 100%", `back\slash`, "beta"}},
		"part with an underscore":   {db.DeviceQuery{UniqueIDPart: "n_"}, []string{"beta"}},
		"part of a name alone":      {db.DeviceQuery{UniqueIDPart: "alpha"}, nil},
		"connected":                 {db.DeviceQuery{Connected: &yes}, []string{"Éclair_ß"}},
		"never connected":           {db.DeviceQuery{Connected: &no}, []string{"Alpha 100%", `back\slash`, "beta"}},
		"template":                  {db.DeviceQuery{TemplateGUID: "t1"}, []string{"Alpha 100%", "beta"}},
		"entity and group":          {db.DeviceQuery{EntityName: "e1", GroupName: "g2"}, []string{`back\slash`}},
		"all of them":               {db.DeviceQuery{Search: "a", Active: &yes, UniqueID: "SN-1", TemplateGUID: "t1", EntityName: "e1", GroupName: "g1"}, []string{"Alpha 100%"}},
	} {
		c.query.Filter = mine
		got := s.find(t, c.query)
		if len(got) != len(c.want) { // engines differ in the order of names that aren't ASCII
			t.Errorf("FindDevices by %s = %q, want %q", what, got, c.want)
			continue
		}
		for _, name := range c.want {
			if !strings.Contains(strings.Join(got, "\n"), name) {
				t.Errorf("FindDevices by %s = %q, want %q", what, got, c.want)
			}
		}
	}
	sameList(t, "FindDevices by the zero filter", s.find(t, db.DeviceQuery{}), nil)
}

func queriesSort(t *testing.T, s store) {
	f := s.fixture(t)
	for i := range 7 {
		d := newDevice(f.team.ID, fmt.Sprint("name ", i/2)) // 0 0 1 1 2 2 3
		d.Active, d.GroupName, d.EntityName, d.TemplateGUID = i%2 == 0, fmt.Sprint("g", i/3), "", fmt.Sprint("t", 9-i)
		d.LastConnection = now().Add(-time.Duration(i%4) * time.Hour)
		s.add(t, d)
	}
	for _, sort := range []db.DeviceSort{"", db.SortDisplayName, db.SortUniqueID, db.SortActive, db.SortTemplate, db.SortEntity, db.SortGroup, db.SortLastConnection} {
		var orders [2][]string
		for i, descending := range []bool{false, true} {
			q := db.DeviceQuery{Filter: db.DeviceFilter{TeamID: f.team.ID}, Sort: sort, Descending: descending, Limit: 2}
			for range 4 {
				for _, d := range must[[]db.Device](t)(s.FindDevices(t.Context(), q)) {
					orders[i] = append(orders[i], d.GUID)
				}
				q.Offset += q.Limit
			}
		}
		up, down := orders[0], orders[1]
		for i := range up {
			if len(up) != 7 || len(down) != 7 || up[i] != down[6-i] {
				t.Fatalf("pages by %q = %v, and descending %v; want all seven, once the other way round", sort, up, down)
			}
		}
	}
}

func queriesKeepToGrants(t *testing.T, s store) {
	one, two := s.fixture(t), s.fixture(t)
	a, b, c := newDevice(one.team.ID, "a"), newDevice(one.team.ID, "b"), newDevice(two.team.ID, "c")
	s.add(t, a, b, c)
	viewer := s.person(t, false, "viewer", one.team.ID)
	s.do(t, func(tx *db.Tx) error { return tx.SetDeviceViewers(t.Context(), b.GUID, []string{viewer.ID}) })
	for _, teamID := range []string{"", one.team.ID} {
		filter := db.DeviceFilter{PersonID: viewer.ID, TeamID: teamID}
		for _, sort := range []db.DeviceSort{db.SortDisplayName, db.SortGroup} {
			sameList(t, "what a viewer finds", s.find(t, db.DeviceQuery{Filter: filter, Sort: sort, Descending: true}), []string{"b"})
		}
		for _, q := range []db.DeviceQuery{{Search: "a"}, {UniqueID: a.UniqueID}, {Search: a.UniqueID}, {UniqueID: c.UniqueID}} {
			q.Filter = filter
			sameList(t, "what a viewer finds of others", s.find(t, q), nil)
		}
	}
	sameList(t, "what a viewer finds in another team", s.find(t, db.DeviceQuery{Filter: db.DeviceFilter{PersonID: viewer.ID, TeamID: two.team.ID}}), nil)
}

func devicesPageByPage(t *testing.T, s store) {
	f := s.fixture(t)
	var want []string
	for i := range 5 {
		d := newDevice(f.team.ID, fmt.Sprint("name ", i/2)) // 0 0 1 1 2
		s.add(t, d)
		want = append(want, d.GUID)
	}
	for _, filter := range []db.DeviceFilter{{TeamID: f.team.ID}, {PersonID: f.person.ID}, {TeamID: f.team.ID, PersonID: f.person.ID}} {
		var got []string
		var after db.DeviceKey
		for range 4 {
			page := must[[]db.Device](t)(s.DevicesFrom(t.Context(), db.DeviceQuery{Filter: filter, Limit: 2}, after))
			for _, d := range page {
				got, after = append(got, d.GUID), db.DeviceKey{DisplayName: d.DisplayName, GUID: d.GUID}
			}
		}
		sameList(t, fmt.Sprintf("guids of four pages of two by %+v", filter), got, want)
	}
}

func devicesFromAPlace(t *testing.T, s store) {
	f, other := s.fixture(t), s.fixture(t)
	for _, name := range []string{"Lamp", "Bed", "Bed", "Door", "Étage"} {
		s.add(t, db.Device{GUID: fresh("device"), TeamID: f.team.ID, UniqueID: fresh("unique"), DisplayName: name, GroupName: "in", CreatedAt: now(), UpdatedAt: now()})
	}
	s.add(t, db.Device{GUID: fresh("device"), TeamID: f.team.ID, UniqueID: fresh("unique"), DisplayName: "Out", CreatedAt: now(), UpdatedAt: now()})
	s.add(t, db.Device{GUID: fresh("device"), TeamID: other.team.ID, UniqueID: fresh("unique"), DisplayName: "Other", GroupName: "in", CreatedAt: now(), UpdatedAt: now()})
	q := db.DeviceQuery{Filter: db.DeviceFilter{TeamID: f.team.ID}, GroupName: "in", Limit: 2}
	var names []string
	var after db.DeviceKey
	for range 4 {
		page := must[[]db.Device](t)(s.DevicesFrom(t.Context(), q, after))
		for _, d := range page {
			names = append(names, d.DisplayName)
		}
		if len(page) > 0 {
			after = db.DeviceKey{DisplayName: names[len(names)-1], GUID: page[len(page)-1].GUID}
		}
	}
	slices.Sort(names) // engines differ in the order of letters with accents
	sameList(t, "DevicesFrom, page by page", names, []string{"Bed", "Bed", "Door", "Lamp", "Étage"})
}
