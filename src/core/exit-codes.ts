/** Exit codes that scripts rely on (docs/commands.md). A child's own code passes unchanged. */
export const exitCodes = {
  success: 0,
  failure: 1,
  loginRequired: 4,
  usage: 64,
  gatewayUnreachable: 69,
  badConfiguration: 78,
  pending: 75,
  deniedByPolicy: 77,
  deniedByReviewer: 80,
  changesRequested: 81,
  lapsed: 82,
  outcomeUnknown: 84,
  timeLimit: 124,
  interrupted: 130,
} as const;
