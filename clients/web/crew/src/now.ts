/** By which ages and ends are told, in ms since 1970: now, or the moment of a replay. */
import { createContext } from 'preact';

export const NowContext = createContext(Number.NaN);
