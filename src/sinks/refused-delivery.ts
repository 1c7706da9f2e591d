/** The other side has read it, and would refuse the same bytes again. */
export class RefusedDelivery extends Error {
  override readonly name = 'RefusedDelivery';
  readonly status: number;

  constructor(status: number) {
    super(`it refused with status ${status}`);
    this.status = status;
  }
}
