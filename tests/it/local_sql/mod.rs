//! The SQL engine of the local lake. What is asserted is Athena's documented behaviour.

mod athena;
mod dialect;
mod inserting;
mod lab;
mod tables;
mod views;
