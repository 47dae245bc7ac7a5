"""control_api"""
