// Takes an authorization code out of the address and hands it to the tab that asked.
import { $, word } from './playground-token.js';

const answer = Object.fromEntries(new URLSearchParams(location.search));
history.replaceState(null, '', location.pathname);
const say = (key) => $('came').replaceChildren(word(key));

const channel = new BroadcastChannel('playground');
channel.onmessage = ({ data }) => data.taken === answer.state && say('taken');
say(answer.state ? 'refused' : 'nothing');
channel.postMessage(answer);
