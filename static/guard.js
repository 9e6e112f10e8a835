// The page that reveals a secret: leaving it asks first, until [data-saved] is pressed; brought back from the browser's
// memory, it gives way to the address in data-guard. Nothing is guarded while it is hidden.

const page = document.querySelector('[data-guard]');
if (page) {
	let saved = false;
	addEventListener('beforeunload', (event) => {
		if (!saved && !page.hidden) event.preventDefault();
	});
	page.querySelector('[data-saved]').addEventListener('click', () => { saved = true; });
	addEventListener('pageshow', (event) => {
		if (!event.persisted || page.hidden) return;
		saved = true;
		page.remove();
		location.replace(page.dataset.guard);
	});
}
