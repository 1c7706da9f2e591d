import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { checked, queryOf } from './body.ts';
import { notFound } from './problem.ts';
import type { Route } from './route.ts';
import { recordingFileQuery, recordingsQuery } from './schemas.ts';

export const recordingRoutes: readonly Route[] = [
  {
    kind: 'call',
    method: 'GET',
    path: '/v1/recordings',
    async answer({ caller, ports, query }) {
      const search = checked(recordingsQuery, queryOf(query));
      return { status: 200, body: await ports.recordings.list(caller, search) };
    },
  },
  {
    kind: 'call',
    method: 'GET',
    path: '/v1/recordings/:id',
    async answer({ caller, ports, parameter }) {
      const view = await ports.recordings.find(caller, parameter('id'));
      if (view === null) throw notFound();
      return { status: 200, body: view };
    },
  },
  {
    kind: 'upgrade',
    method: 'GET',
    path: '/v1/recordings/:id/files/:file',
    protocol: 'hoopx-recording/1',
    async carry({ caller, ports, parameter, query }, open) {
      const { follow } = checked(recordingFileQuery, queryOf(query));
      const left = new AbortController();
      const bytes = await ports.recordings.open(caller, {
        ...{ id: parameter('id'), file: parameter('file'), follow: follow === 'true' },
        signal: left.signal,
      });
      if (bytes === null) throw notFound();
      const stream = open();
      stream.once('close', () => left.abort());
      // A reader who leaves in the middle is no matter of ours.
      void pipeline(Readable.from(bytes), stream.resume()).catch(() => stream.destroy());
    },
  },
];
