export { type StripeAlarmOptions } from './stripe-alarm-options';
