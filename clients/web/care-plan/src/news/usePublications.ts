import { useEffect, useRef } from 'preact/hooks';
import { followPublications, type Following, type News } from './follow';

/**
 * Follows what is published while the component stands; nothing without an address.
 *
 * ```tsx
 * usePublications({ url, version }, { published: setNewest, gone: leave });
 * ```
 */
export function usePublications(following: Following | undefined, news: News): void {
  const told = useRef(news);
  told.current = news;
  const url = following?.url;
  const version = following?.version ?? 0;
  const headers = JSON.stringify(following?.headers ?? {});
  useEffect(() => {
    if (url === undefined) return;
    const given = JSON.parse(headers) as Record<string, string>;
    return followPublications(
      { url, version, headers: given },
      {
        published: (newest) => told.current.published(newest),
        changed: () => told.current.changed?.(),
        gone: () => told.current.gone(),
        refused: () => told.current.refused?.(),
      },
    );
  }, [url, version, headers]);
}
