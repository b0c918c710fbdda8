"""The whole interface against what a fuzzer makes of its OpenAPI document."""



