// Starts Swagger UI. Signed in, one button hands it a five-minute token of one of the visitor's apps, which is renewed
// once when a call answers 401. Tokens live in this page's memory and nowhere else.
const root = document.getElementById('swagger-ui');
const app = document.getElementById('act-as');
const button = document.getElementById('authorize');
const said = document.getElementById('authorized');
let token = '';
let client = '';

const name = () => app.selectedOptions[0].text;

async function authorize() {
	const answer = await fetch(`/apps/${client}/try-token`, { method: 'POST' });
	const json = await answer.json();
	if (!answer.ok) throw new Error(json.detail);
	token = json.access_token;
	ui.preauthorizeApiKey('bearer', token);
}

// Requests go to where this page came from, without cookies. userFetch is what Swagger UI calls in place of fetch.
function before(request) {
	const { issuer } = root.dataset;
	if (request.url.startsWith(`${issuer}/`)) request.url = location.origin + request.url.slice(issuer.length);
	request.credentials = 'omit';
	request.userFetch = async (url, init) => {
		const answer = await fetch(url, init);
		const own = token && init.headers?.Authorization === `Bearer ${token}`;
		if (answer.status !== 401 || !own) return answer;
		try { await authorize(); } catch { return answer; }
		init.headers.Authorization = `Bearer ${token}`;
		return fetch(url, init);
	};
	return request;
}

const { SwaggerUIBundle } = window;
const ui = SwaggerUIBundle({
	url: '/openapi.json',
	domNode: root,
	presets: [SwaggerUIBundle.presets.apis],
	layout: 'BaseLayout',
	deepLinking: true,
	tryItOutEnabled: true,
	persistAuthorization: false,
	defaultModelsExpandDepth: 0,
	validatorUrl: null,
	requestInterceptor: before,
});

app?.addEventListener('change', () => { button.lastElementChild.textContent = `Authorize as ${name()}`; });
button?.addEventListener('click', async () => {
	button.ariaBusy = 'true';
	client = app.value;
	try {
		await authorize();
		said.textContent = `Authorized as ${name()}. Execute sends its token; it is renewed by itself.`;
	} catch (error) {
		said.textContent = error.message || 'There was no answer. Try again.';
	}
	button.ariaBusy = null;
});
