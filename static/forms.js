// Forms: the error summary takes the focus, and a submitted form can't be sent twice.

document.querySelector('[data-summary]')?.focus();

document.addEventListener('submit', (event) => {
	const { target: form, submitter: button } = event;
	if (form.dataset.sent) event.preventDefault();
	if (event.defaultPrevented || form.target || form.method === 'dialog') return;
	const word = button.querySelector('span');
	const caption = word?.textContent;
	form.dataset.sent = 1;
	button.ariaBusy = true;
	if (button.dataset.busy) word.textContent = button.dataset.busy;
	// Back from the answer by the back button, the form is usable again, or asked for anew if it works once.
	addEventListener('pageshow', ({ persisted }) => {
		if (persisted && 'once' in form.dataset) location.reload();
		delete form.dataset.sent;
		button.ariaBusy = null;
		if (word) word.textContent = caption;
	}, { once: true });
});
