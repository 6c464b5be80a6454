# Compiles every file of web/login into cardea_base (base/embedded_files.h), so that the program needs nothing beside it.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
file(GLOB_RECURSE login_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/login/*)
list(FILTER login_files EXCLUDE REGEX "\\.cmake$")
set(web_assets ${CMAKE_BINARY_DIR}/generated/web_assets.cc)
add_custom_command(
  OUTPUT ${web_assets}
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/embed_files.py ${CMAKE_SOURCE_DIR}/web/login login ${web_assets}
  DEPENDS ${login_files} ${CMAKE_SOURCE_DIR}/tools/embed_files.py
  COMMENT "Embedding web/login")
target_sources(cardea_base PRIVATE ${web_assets})
