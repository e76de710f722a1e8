export { DevelopmentBar } from './DevelopmentBar/DevelopmentBar';
