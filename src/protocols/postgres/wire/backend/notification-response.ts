import { backendType } from '../backend-types.ts';
import { BodyReader } from '../body-reader.ts';
import { cString, encodeMessage, uint32 } from '../encode.ts';

export interface NotificationResponse {
  readonly kind: 'notificationResponse';
  readonly raw: Buffer;
  readonly pid: number;
  readonly channel: string;
  readonly payload: string;
}

export function decodeNotificationResponse(raw: Buffer): NotificationResponse {
  const body = BodyReader.ofMessage(raw, backendType.notificationResponse);
  const pid = body.uint32();
  const channel = body.string();
  const payload = body.string();
  body.end();
  return { kind: 'notificationResponse', raw, pid, channel, payload };
}

export function encodeNotificationResponse(pid: number, channel: string, payload: string): Buffer {
  const type = backendType.notificationResponse;
  return encodeMessage(type, uint32(pid), cString(channel), cString(payload));
}
