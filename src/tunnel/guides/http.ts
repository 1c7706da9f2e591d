import { quoteWords } from '../../core/shell-words.ts';
import type { ClientGuide, Place } from './client-guide.ts';

const socketName = 'http.sock';

/** curl and browsers: by URL, which a command also finds in HOOPX_URL. */
export function httpGuide(): ClientGuide {
  const url = (place: Place) =>
    place.kind === 'port' ? `http://127.0.0.1:${place.port}` : 'http://localhost';
  return {
    socketName,
    file: null,
    url: (place) => (place.kind === 'port' ? url(place) : null),
    commandLine(place) {
      const socket =
        place.kind === 'port' ? [] : ['--unix-socket', `${place.folder}/${socketName}`];
      return quoteWords(['curl', ...socket, `${url(place)}/`]);
    },
    program(place, { words: [file, ...args] }) {
      if (file === undefined) return null;
      const socket = place.kind === 'port' ? null : `${place.folder}/${socketName}`;
      const environment = {
        HOOPX_URL: url(place),
        ...(socket === null ? {} : { HOOPX_SOCKET: socket }),
      };
      return { file, args, environment };
    },
    direct: null,
  };
}
