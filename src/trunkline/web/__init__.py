"""What both web faces share: their look, its files, and the headers of a page. It knows neither of them."""
