export { type StripeFunctionOptions } from './stripe-function-options';
