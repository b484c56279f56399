/**
 * Traces of a gateway for OpenTelemetry.
 *
 * @module
 */
export { type Telemetry, type TelemetryOptions, startTelemetry } from './telemetry.ts';
