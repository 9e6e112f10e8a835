// Starts Swagger UI. Signed in, one button hands it a five-minute token of one of the visitor's apps, renewed once when
// a call answers 401. Tokens live in this page's memory only.
const $ = (id) => document.getElementById(id);
const root = $('swagger-ui');
const app = $('act-as');
const { SwaggerUIBundle } = window;
let token, client;

async function authorize() {
	const answer = await fetch(`/apps/${client}/try-token`, { method: 'POST' });
	const json = await answer.json();
	if (!answer.ok) throw new Error(json.detail);
	token = json.access_token;
	ui.preauthorizeApiKey('bearer', token);
}

// Requests go to where this page came from, without cookies. userFetch is called in place of fetch.
function requestInterceptor(request) {
	const { issuer } = root.dataset;
	if (request.url.startsWith(`${issuer}/`)) request.url = location.origin + request.url.slice(issuer.length);
	request.credentials = 'omit';
	request.userFetch = async (url, init) => {
		const answer = await fetch(url, init);
		if (answer.status !== 401 || !token || init.headers?.Authorization !== `Bearer ${token}`) return answer;
		try { await authorize(); } catch { return answer; }
		init.headers.Authorization = `Bearer ${token}`;
		return fetch(url, init);
	};
	return request;
}

// What assistive technology needs and Swagger UI leaves out: names, boxes that the keyboard can scroll, and no link
// inside of a button (an opened call stands in the address anyway).
const names = { '#servers': 'Server', '.examples-select-element': 'Example', '.copy-to-clipboard button': 'Copy', 'pre.microlight': 'Code' };
new MutationObserver(() => {
	for (const [query, name] of Object.entries(names)) {
		root.querySelectorAll(`${query}:not([aria-label])`).forEach((el) => {
			el.ariaLabel = name;
			if (el.tagName === 'PRE') Object.assign(el, { tabIndex: 0, role: 'group' });
		});
	}
}).observe(root, { childList: true, subtree: true });

const ui = SwaggerUIBundle({
	url: '/openapi.json',
	domNode: root,
	presets: [SwaggerUIBundle.presets.apis],
	plugins: [{ components: { DeepLink: ({ text }) => text } }],
	layout: 'BaseLayout',
	deepLinking: true,
	tryItOutEnabled: true,
	defaultModelsExpandDepth: 0,
	validatorUrl: null,
	syntaxHighlight: false,
	requestInterceptor,
});
ui.initOAuth({ usePkceWithAuthorizationCodeGrant: true });

const name = () => app.selectedOptions[0].text;
const say = (text) => { $('authorized').textContent = text; };
app?.addEventListener('change', () => { $('authorize').lastElementChild.textContent = `Authorize as ${name()}`; });
$('authorize')?.addEventListener('click', () => {
	client = app.value;
	authorize().then(
		() => say(`Authorized as ${name()}. Execute sends its token, which is renewed by itself.`),
		(error) => say(error.message),
	);
});
