import { render } from 'preact';
import { App } from './App';
import { Enrol } from './Enrol';

const root = document.getElementById('app');
if (root) render(location.pathname === '/enrol' ? <Enrol /> : <App />, root);
