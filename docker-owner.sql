-- At the first start of docker-compose.yml's PostgreSQL: the service owns its database and is no superuser (it makes the
-- role of the second wall, once). The superuser has no password afterwards: nobody is one but who stands in the container.
\getenv password POSTGRES_PASSWORD
create role baocao login createrole password :'password';
create database baocao owner baocao template template0;
alter role postgres password null;
