/**
 * The control plane: one port, one handshake, one table of methods.
 *
 * @module
 */
import type { DeviceRequest } from '@portcullis/protocol';
import type { Table } from '@portcullis/core';

import { type DeviceRecord, deviceRequestsTable, devicesTable } from './devices/record.ts';
import { deviceSetupsTable, type SetupRow } from './devices/setup-codes.ts';
import { identityTable, type StoredIdentity } from './identity.ts';

export { callMethod } from './dispatch.ts';
export { createServer, type Server, type ServerOptions } from './server.ts';
export type { Route, RoutedRequest, RouteHead } from './http/webhook.ts';

/** The tables of the control plane: hand them to the store when it is opened. */
export const serverTables: readonly [
  Table<DeviceRecord>,
  Table<DeviceRequest>,
  Table<SetupRow>,
  Table<StoredIdentity>,
] = [devicesTable, deviceRequestsTable, deviceSetupsTable, identityTable];
