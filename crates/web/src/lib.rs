//! Pages and API for recipients, customers and the operator.
