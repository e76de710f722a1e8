/** The news' door: that a newer version of a plan exists, as soon as it does. Nothing of what stands in it. */
export { followPublications, type Following, type News } from './follow';
export { usePublications } from './usePublications';
