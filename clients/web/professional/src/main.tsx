import { render } from 'preact';
import { App } from './App';
import { sweepOld } from './lost/sweep';
import { registerServiceWorker } from './registerServiceWorker';
import { findSignedIn } from './signedIn';
import './styles/main.scss';

/** Where somebody who is not signed in goes. */
const LANDING = '/';

const signedIn = await findSignedIn();
const root = document.getElementById('app');
if (!signedIn || signedIn.me.role_required || signedIn.me.user.kind !== 'staff') {
  window.location.replace(LANDING);
} else if (root) {
  render(<App signedIn={signedIn} />, root);
  registerServiceWorker();
  void sweepOld(signedIn.device, Date.now());
}
