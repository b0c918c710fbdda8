"""Forms of configuration objects, made from what their types say."""
