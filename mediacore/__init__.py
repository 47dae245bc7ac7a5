"""mediacore"""
