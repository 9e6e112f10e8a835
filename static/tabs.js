// Tabs: turns [data-tabs] with its [data-panel]s into the ARIA tab pattern (arrows, Home, End).
// Tabs with the same labels follow each other, so that a reader chooses a language once a page.

const groups = [];

function build(root) {
	const panels = [...root.querySelectorAll(':scope > [data-panel]')];
	const list = document.createElement('div');
	list.className = 'tab-list';
	list.role = 'tablist';
	list.ariaLabel = root.dataset.label;
	const buttons = panels.map((panel) => {
		const b = document.createElement('button');
		b.type = 'button';
		b.id = `${panel.id}-tab`;
		b.textContent = panel.dataset.panel;
		b.role = 'tab';
		b.setAttribute('aria-controls', panel.id);
		panel.role = 'tabpanel';
		panel.setAttribute('aria-labelledby', b.id);
		return b;
	});
	const show = (i) => panels.forEach((panel, n) => {
		panel.classList.toggle('open', n === i);
		buttons[n].ariaSelected = n === i;
		buttons[n].tabIndex = n === i ? 0 : -1;
	});
	const labels = panels.map((p) => p.dataset.panel).join();
	const choose = (i) => groups.forEach((g) => { if (g.labels === labels) g.show(i); });
	list.addEventListener('click', (e) => {
		const i = buttons.indexOf(e.target);
		if (i >= 0) choose(i);
	});
	list.addEventListener('keydown', (e) => {
		const i = buttons.indexOf(e.target);
		const n = buttons.length;
		const to = { ArrowRight: (i + 1) % n, ArrowLeft: (i + n - 1) % n, Home: 0, End: n - 1 }[e.key];
		if (to === undefined) return;
		e.preventDefault();
		choose(to);
		buttons[to].focus();
	});
	groups.push({ labels, show });
	list.append(...buttons);
	root.prepend(list);
	root.dataset.ready = '';
	show(Math.max(0, panels.findIndex((p) => 'open' in p.dataset)));
}

document.querySelectorAll('[data-tabs]').forEach(build);
