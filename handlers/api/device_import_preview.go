package api

import "gatepost/handlers/hub/device"

// dryRun is what an import would do. Its counts and lines have the names of a report.
type dryRun struct {
	DryRun    bool           `json:"dry_run"`
	TeamID    string         `json:"team_id"`
	FileName  string         `json:"file_name"`
	Encoding  string         `json:"encoding"`
	Separator string         `json:"separator"`
	Columns   []dryRunColumn `json:"columns"`
	Lines     int            `json:"lines"`
	Added     int            `json:"added"`
	Refused   int            `json:"refused"`
	First     []dryRunLine   `json:"first_lines"`
	Lost      []refusedLine  `json:"refused_lines"`
}

// dryRunColumn is a column of the file: its heading, and what it is, null if it is ignored.
type dryRunColumn struct {
	Heading string  `json:"heading"`
	Column  *string `json:"column"`
}

// dryRunLine is one of the first lines, with its values by column.
type dryRunLine struct {
	Line    int               `json:"line"`
	Refused bool              `json:"refused"`
	Values  map[string]string `json:"values"`
}

func dryRunOf(team string, p device.Preview) dryRun {
	out := dryRun{
		DryRun: true, TeamID: team, FileName: p.FileName, Encoding: p.Encoding, Separator: p.Separator,
		Columns: []dryRunColumn{}, Lines: p.Lines, Added: p.Ready, Refused: p.Refused, First: []dryRunLine{}, Lost: []refusedLine{},
	}
	for _, at := range p.Shown() {
		c := dryRunColumn{Heading: p.Columns[at].Heading}
		if p.Columns[at].Column != "" {
			c.Column = &p.Columns[at].Column
		}
		out.Columns = append(out.Columns, c)
	}
	for _, row := range p.Rows {
		line := dryRunLine{row.Line, row.Refused, map[string]string{}}
		for i, name := range device.ImportColumns {
			line.Values[name] = row.Values[i]
		}
		out.First = append(out.First, line)
	}
	for _, l := range p.Lost {
		out.Lost = append(out.Lost, refusedLine{l.Line, l.UniqueID(), l.Reason})
	}
	return out
}
