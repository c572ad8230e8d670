"""wecom: all that knows WeCom (企业微信). Numbers such as 90238 are pages of its documentation."""
