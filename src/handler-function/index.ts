export { StripeFunctionOptions } from './stripe-function-options';
