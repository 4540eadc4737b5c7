"""The house's own picture styles: image filters on the CPU, for when no other provider is to be had."""
