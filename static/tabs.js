// Tabs: the ARIA tab pattern (arrows, Home, End) over what the server wrote. Tabs with the same labels follow each
// other, so that a reader chooses a language once a page.

const tabsOf = (group) => [...group.querySelectorAll('[role=tab]')];

function choose(tab) {
	const group = tab.closest('[data-tabs]');
	const chosen = tabsOf(group).indexOf(tab);
	document.querySelectorAll('[data-tabs]').forEach((other) => {
		if (other.dataset.tabs !== group.dataset.tabs) return;
		tabsOf(other).forEach((each, i) => {
			each.ariaSelected = i === chosen;
			each.tabIndex = i === chosen ? 0 : -1;
			document.getElementById(each.getAttribute('aria-controls')).classList.toggle('open', i === chosen);
		});
	});
}

document.addEventListener('click', ({ target }) => {
	if (target.role === 'tab') choose(target);
});

document.addEventListener('keydown', (event) => {
	if (event.target.role !== 'tab') return;
	const tabs = tabsOf(event.target.parentElement);
	const i = tabs.indexOf(event.target);
	const to = { ArrowRight: (i + 1) % tabs.length, ArrowLeft: i - 1, Home: 0, End: -1 }[event.key];
	if (to === undefined) return;
	event.preventDefault();
	choose(tabs.at(to));
	tabs.at(to).focus();
});
