// Starts Swagger UI. One button gives it a token of one of the visitor's apps, renewed once when a call answers 401.
// Tokens live in this page's memory only.
const $ = (id) => document.getElementById(id);
const root = $('swagger-ui');
const app = $('act-as');
const { url, scheme, api, ways, oauth, expansion } = root.dataset;
let token, client;

async function authorize() {
	const answer = await fetch(`/apps/${client}/try-token?api=${api}`, { method: 'POST' });
	const json = await answer.json();
	if (!answer.ok) throw json.detail;
	token = json.access_token;
	if (scheme) ui.preauthorizeApiKey(scheme, token);
}

// Each server has a way: '' for the portal itself, the proxy's address, or null for a direct call. userFetch replaces fetch.
function requestInterceptor(request) {
	if (request.loadSpec) return request;
	const [server, way] = JSON.parse(ways).find(([s]) => request.url.startsWith(`${s}/`)) ?? [];
	if (token && server && way !== '' && !scheme) request.headers.Authorization ??= `Bearer ${token}`;
	// Swagger UI asks for a token with the resource in the address, where the portal takes none.
	if (way === '') request.url = request.url.replace(/\?(resource=.*)/, (_, more) => (request.body += `&${more}`, ''));
	request.credentials = way ? 'same-origin' : 'omit';
	request.userFetch = async (to, init) => {
		if (way != null) to = way + to.slice(server.length);
		const answer = await fetch(to, init);
		if (answer.status !== 401 || !token || init.headers?.Authorization !== `Bearer ${token}`) return answer;
		try { await authorize(); } catch { return answer; }
		init.headers.Authorization = `Bearer ${token}`;
		return fetch(to, init);
	};
	return request;
}

// What assistive technology needs and Swagger UI leaves out; below, no link inside of a button.
const names = { '#servers': 'Server', '.examples-select-element': 'Example', '.copy-to-clipboard button': 'Copy', 'pre.microlight': 'Code' };
new MutationObserver(() => {
	for (const [query, name] of Object.entries(names)) {
		root.querySelectorAll(`${query}:not([aria-label])`).forEach((el) => {
			el.ariaLabel = name;
			if (el.tagName === 'PRE') [el.tabIndex, el.role] = [0, 'group'];
		});
	}
}).observe(root, { childList: true, subtree: true });

const ui = SwaggerUIBundle({
	url,
	domNode: root,
	plugins: [{ components: { DeepLink: ({ text }) => text } }],
	deepLinking: true,
	tryItOutEnabled: true,
	defaultModelsExpandDepth: 0,
	docExpansion: expansion || 'list',
	validatorUrl: null,
	// One for the pages of all APIs, so that an app registers one.
	oauth2RedirectUrl: `${location.origin}/swagger-ui/oauth2-redirect.html`,
	syntaxHighlight: false,
	requestInterceptor,
});
ui.initOAuth(JSON.parse(oauth));

const name = () => app.selectedOptions[0].text;
const say = (text) => { $('authorized').textContent = text; };
if (app) {
	app.onchange = () => { $('authorize').lastElementChild.textContent = `Authorize as ${name()}`; };
	$('authorize').onclick = () => {
		client = app.value;
		authorize().then(() => say(`Authorized as ${name()}. Execute sends its token and renews it.`), say);
	};
}
