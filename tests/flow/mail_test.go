package flow

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

var (
	anyAddress = regexp.MustCompile(`https?://[^\s"'<>]+`)
	anySecret  = regexp.MustCompile(`\bgp[a-z]_[A-Za-z0-9]{16,}`)
	messageID  = regexp.MustCompile(`(?mi)^Message-ID: <[A-Z0-9]{26}@localhost>\r?$`)
)

// post is what a mail must be: for whom, with which subject, saying what, leading where.
type post struct {
	to, subject string
	says        []string
	path        string // of its link: a prefix; the rest may be a one-time token
}

// wantMail waits for the mail and checks it as every mail is: the same in text and HTML, one address alone, of this
// portal, and nothing secret but the one-time token of that address. It gives the link's path.
func wantMail(t *testing.T, app *testapp.App, box *testapp.Mailbox, want post) string {
	t.Helper()
	mail := box.Find(t, want.to, want.subject)
	if !messageID.MatchString(mail.Raw) {
		t.Errorf("%q to %s has no Message-ID of the sender's domain", mail.Subject, want.to)
	}
	for _, s := range want.says {
		if !strings.Contains(mail.Text, s) {
			t.Errorf("%q to %s: the text does not say %q:\n%s", mail.Subject, want.to, s, mail.Text)
		}
		if !strings.Contains(plain(mail.HTML), s) {
			t.Errorf("%q to %s: the HTML does not say %q:\n%s", mail.Subject, want.to, s, mail.HTML)
		}
	}
	link := ""
	for part, body := range map[string]string{"text": mail.Text, "HTML": mail.HTML} {
		for _, address := range anyAddress.FindAllString(body, -1) {
			if link == "" {
				link = address
			}
			if address != link || !strings.HasPrefix(address, app.URL+want.path) {
				t.Errorf("%q to %s: the %s leads to %s, want %s%s", mail.Subject, want.to, part, address, app.URL, want.path)
			}
		}
		for _, s := range anySecret.FindAllString(body, -1) {
			if !strings.HasSuffix(link, "/"+s) {
				t.Errorf("%q to %s: the %s has %.8s.., which is not its link's", mail.Subject, want.to, part, s)
			}
		}
	}
	if want.path == "" && link == "" {
		return ""
	}
	if link == "" {
		t.Fatalf("%q to %s has no link:\n%s", mail.Subject, want.to, mail.Text)
	}
	return strings.TrimPrefix(link, app.URL)
}

// plain is what a person reads of HTML that has no script and no style.
func plain(html string) string {
	text := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(html, "")
	return strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&#39;", "'", "&#34;", `"`).Replace(text)
}

// opens checks that the link of a mail leads its reader to a page, and to the right one.
func opens(t *testing.T, p *testapp.Person, path string, says ...string) {
	t.Helper()
	r := p.Get(t, path)
	testapp.WantStatus(t, "GET "+path+" from a mail", r, http.StatusOK)
	for _, s := range says {
		if !strings.Contains(r.Body, s) {
			t.Errorf("GET %s from a mail does not show %q", path, s)
		}
	}
}

// Every cause that the portal mails of, in one life of a team.
func TestMails(t *testing.T) {
	t.Parallel()
	box := testapp.StartMailbox(t)
	app := testapp.New(t, testapp.WithMailbox(box))
	owner := app.Owner(t)
	mail := func(p post) string { t.Helper(); return wantMail(t, app, box, p) }
	stranger := app.Visitor(t)

	// An account, from the invitation on.
	testapp.WantRedirect(t, "POST /team/invitations", owner.Post(t, "/team/invitations", url.Values{"email": {"ana@example.com"}, "role": {"developer"}}), "/team/members")
	link := mail(post{"ana@example.com", "You're invited to First team on Gatepost", []string{owner.Name + " invited you", "as a developer", "works once and expires on"}, "/activate/gpi_"})
	ana := app.Activate(t, link, "Ana & <b>Co</b>", "ana@example.com")
	second := app.Member(t, "First team", "admin")
	opens(t, owner, mail(post{owner.Email, "A new admin of First team was invited", []string{second.Email + " was invited to the team First team as an admin"}, "/team/members"}))
	testapp.WantStatus(t, "POST /forgot", stranger.Post(t, "/forgot", url.Values{"email": {ana.Email}}), http.StatusOK)
	link = mail(post{ana.Email, "Reset your password on Gatepost", []string{"Hello " + ana.Name + ",", "127.0.0.1"}, "/reset/gpw_"})
	opens(t, stranger, link)
	const fresh = "nine patient otters 27"
	app.Secret(fresh)
	testapp.WantStatus(t, "POST of the reset", stranger.Post(t, link, url.Values{"password": {fresh}}), http.StatusOK)
	opens(t, stranger, mail(post{ana.Email, "Your password on Gatepost was reset with a link", []string{"from 127.0.0.1"}, "/forgot"}))
	ana.SignIn(t, fresh)
	testapp.WantRedirect(t, "POST /account/security", ana.Post(t, "/account/security", url.Values{"current_password": {fresh}, "new_password": {testapp.Password}}), "/account/security")
	mail(post{ana.Email, "Your password on Gatepost was changed", []string{"There was nothing else to end."}, "/forgot"})
	other := ana.OtherBrowser(t)
	other.SignIn(t, testapp.Password)
	opens(t, ana, mail(post{ana.Email, "New sign-in to your account", []string{"from 127.0.0.1", "Browser: "}, "/account/sessions"}))
	ana.AddTOTP(t)
	opens(t, ana, mail(post{ana.Email, "An authenticator app was set up", []string{"from 127.0.0.1"}, "/account/security"}))

	// A new address, confirmed at both.
	testapp.WantRedirect(t, "POST /account/email", second.Post(t, "/account/email", url.Values{"current_password": {testapp.Password}, "email": {"new@example.com"}}), "/account/email")
	toOld := mail(post{second.Email, "Confirm the change of your email address on Gatepost", []string{"to new@example.com", "expires on"}, "/email/"})
	toNew := mail(post{"new@example.com", "Confirm your new email address for Gatepost", []string{"instead of " + second.Email}, "/email/"})
	if toOld == toNew {
		t.Error("both addresses got the same link")
	}
	opens(t, second, toOld, "new@example.com")
	for _, path := range []string{toOld, toNew} {
		if r := second.Post(t, path, url.Values{"answer": {"confirm"}}); r.Status >= 400 {
			t.Fatalf("POST %s = %d\n%s", path, r.Status, r.Body)
		}
	}
	for _, to := range []string{second.Email, "new@example.com"} {
		mail(post{to, "Your email address on Gatepost was changed", []string{"from " + second.Email + " to new@example.com"}, "/account"})
	}
	second.Email = "new@example.com"

	// A secret's life. The admins hear of it, whoever did it.
	c := owner.AddApp(t, "Warehouse", "read")
	base, secrets := "/apps/"+c.ClientID, "/apps/"+c.ClientID+"/secrets"
	admins := []string{owner.Email, second.Email}
	r := owner.Post(t, secrets, url.Values{"label": {"vault"}, "expires_at": {"never"}, "once": {owner.Get(t, secrets).Once(t)}})
	made := app.Secret(anySecret.FindString(r.Body))
	for _, to := range admins {
		opens(t, owner, mail(post{to, "New secret …" + made[len(made)-4:] + " of Warehouse", []string{"(vault)", "by " + owner.Name, "keep working"}, secrets}), made[len(made)-4:])
	}
	r = owner.Post(t, secrets+"/rotate", url.Values{"keep_old": {"24h"}, "expires_at": {"never"}, "once": {owner.Get(t, secrets+"/rotate").Once(t)}})
	rotated := app.Secret(anySecret.FindString(r.Body))
	if rotated == "" {
		t.Fatalf("POST rotate = %d, want the new secret\n%.600s", r.Status, r.Body)
	}
	for _, to := range admins {
		mail(post{to, "A secret of Warehouse was rotated", []string{"…" + rotated[len(rotated)-4:], "…" + made[len(made)-4:] + " works until"}, secrets})
	}
	app.Run(t, "", "app", "revoke-secret", c.ClientID, rotated[len(rotated)-4:])
	for _, to := range admins {
		mail(post{to, "The secret …" + rotated[len(rotated)-4:] + " of Warehouse was revoked", []string{"by command line", "from the portal's machine", "401"}, secrets})
	}
	r = owner.Post(t, base+"/tokens/revoke-all", url.Values{"confirm_name": {"Warehouse"}})
	if r.Status != http.StatusSeeOther {
		t.Fatalf("POST revoke-all = %d\n%.600s", r.Status, r.Body)
	}
	for _, to := range admins {
		opens(t, owner, mail(post{to, "All tokens of Warehouse were revoked", []string{"by " + owner.Name}, base + "/tokens"}))
	}
	app.Exec(t, "UPDATE client_secrets SET expires_at = $1, warned_days = 0 WHERE client_id = $2 AND label = 'vault'", time.Now().Add(6*24*time.Hour+time.Hour).Unix(), c.ClientID)
	app.Restart(t) // a server that starts looks for secrets that expire soon
	for _, to := range admins {
		opens(t, owner, mail(post{to, "The secret …" + made[len(made)-4:] + " of Warehouse expires in 6 days", []string{"Rotate it before"}, secrets}))
	}

	// What the app reaches, and a token that changes things.
	change := url.Values{"name": {"Warehouse"}, "scopes": {"read", "write"}, "token_lifetime": {"3600"}, "auth_method": {"client_secret"}}
	testapp.WantRedirect(t, "POST of the app", owner.Post(t, base, change), base)
	for _, to := range admins {
		opens(t, owner, mail(post{to, "Access settings of Warehouse were changed", []string{"by " + owner.Name, "from 127.0.0.1", "Scopes: read → read, write"}, base}))
	}
	r = second.Post(t, "/account/tokens", url.Values{"name": {"CI"}, "scopes": {"read", "write"}, "expires": {"7d"}, "once": {second.Get(t, "/account/tokens").Once(t)}})
	token := app.Secret(anySecret.FindString(r.Body))
	for _, to := range admins {
		opens(t, owner, mail(post{to, "A new API token of " + second.Name + " can make changes", []string{"…" + token[len(token)-4:] + " (CI)", "read, write"}, "/team/members"}))
	}

	// A secret is handed over, and the receipt.
	id := owner.SecretIDs(t, c.ClientID)[0]
	form := owner.Get(t, secrets+"/"+id+"/handover")
	if r := handOver(t, app, owner, c.ClientID, id, optionValue(t, form.Body, second.Name)); r.Status != http.StatusCreated {
		t.Fatalf("POST handover = %d %s", r.Status, r.Body)
	} else {
		mail(post{second.Email, "You're being handed a secret of Warehouse", []string{owner.Name + " will send you the link", "in this email because it contains the key"}, ""})
		var handed struct{ ID string }
		r.JSON(t, &handed)
		if r := postJSON(t, app, second, "/handovers/"+handed.ID+"/open", "{}"); r.Status != http.StatusOK {
			t.Fatalf("POST open = %d %s", r.Status, r.Body)
		}
		mail(post{owner.Email, "was opened", []string{"of Warehouse", "by " + second.Name}, "/"})
	}

	// People.
	anaID := owner.MemberID(t, ana.Name)
	testapp.WantStatus(t, "POST role", owner.Post(t, "/team/members/"+anaID+"/role", url.Values{"role": {"viewer"}}), http.StatusSeeOther)
	mail(post{ana.Email, "You're now a viewer of First team on Gatepost", []string{"from developer to viewer", "by " + owner.Name}, "/team"})
	r = owner.Post(t, "/team/members/"+anaID+"/remove", url.Values{"confirm_name": {ana.Name}})
	if r.Status != http.StatusSeeOther {
		t.Fatalf("POST remove = %d\n%.900s", r.Status, r.Body)
	}
	mail(post{ana.Email, "You were removed from First team on Gatepost", []string{"by " + owner.Name}, "/"})
	for _, to := range admins {
		opens(t, owner, mail(post{to, "A person was removed from First team", []string{ana.Name + " was removed", "until someone rotates them"}, "/team/exposure/" + anaID}))
	}
	for _, made := range []struct{ answer, subject string }{{"yes", "You're now an owner of Gatepost"}, {"no", "You're no longer an owner of Gatepost"}} {
		testapp.WantRedirect(t, "POST owner "+made.answer, owner.Post(t, "/owner/people/"+anaID+"/owner", url.Values{"owner": {made.answer}}), "/owner/people/"+anaID)
		mail(post{ana.Email, made.subject, []string{"by " + owner.Name}, "/dashboard"})
	}
	r = owner.Post(t, "/owner/people/"+anaID+"/disable", url.Values{"confirm_name": {ana.Name}})
	if r.Status != http.StatusSeeOther {
		t.Fatalf("POST disable = %d\n%.900s", r.Status, r.Body)
	}
	mail(post{ana.Email, "Your account on Gatepost was disabled", []string{"by " + owner.Name}, ""})

	// An app moves, and goes.
	elsewhere := app.AddTeam(t, "Elsewhere")
	r = owner.Post(t, base+"/transfer", url.Values{"team": {elsewhere.ID}, "confirm_name": {"Warehouse"}})
	if r.Status != http.StatusSeeOther {
		t.Fatalf("POST transfer = %d\n%.900s", r.Status, r.Body)
	}
	mail(post{second.Email, "The app Warehouse was transferred to Elsewhere", []string{"from the team First team"}, "/"})
	mail(post{owner.Email, "The app Warehouse was transferred to Elsewhere", nil, "/"})
	d := owner.AddApp(t, "Shed", "read")
	for _, to := range admins {
		mail(post{to, "of Shed", nil, "/apps/" + d.ClientID}) // made with its app
	}
	r = owner.Post(t, "/apps/"+d.ClientID+"/delete", url.Values{"confirm_name": {"Shed"}})
	if r.Status != http.StatusSeeOther {
		t.Fatalf("POST delete = %d\n%.900s", r.Status, r.Body)
	}
	for _, to := range admins {
		opens(t, second, mail(post{to, "The app Shed was deleted", []string{"by " + owner.Name, "401"}, "/team/audit"}), "Shed")
	}

	testapp.WantRedirect(t, "POST /owner/mail/test", owner.Post(t, "/owner/mail/test", url.Values{}), "/owner/mail")
	opens(t, owner, mail(post{owner.Email, "Test email from Gatepost", nil, "/owner/mail"}), "Test email", "Recently sent")

	for _, m := range box.All() {
		for _, s := range []string{made, rotated, c.ClientSecret, d.ClientSecret, fresh, testapp.Password} {
			if strings.Contains(m.Raw, s) || strings.Contains(m.Text, s) {
				t.Errorf("the mail %q has a secret in it", m.Subject)
			}
		}
	}
	if unseen := box.Unseen(); slices.ContainsFunc(unseen, func(s string) bool { return !strings.Contains(s, "secret") }) {
		t.Errorf("mails of no cause above: %q", unseen)
	}
}
