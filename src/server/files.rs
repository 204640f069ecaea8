//! The files of the site: scripts and styles, whose names change with their content, and what lies beside them.

use std::path::Path;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use tower::ServiceBuilder;
use tower_http::services::{ServeDir, ServeFile};

/// A name that changes with the content stands for this content for ever.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// The file of another build, perhaps, which the next node has or this one will have soon.
const NOT_YET: HeaderValue = HeaderValue::from_static("no-store");

/// Serves the folder `site`, in which the build has put its own files into the folder `pkg`.
pub fn router<S: Clone + Send + Sync + 'static>(site: &Path, pkg: &str) -> Router<S> {
    let built = ServiceBuilder::new().map_response(keep_if_there).service(folder(&site.join(pkg)));
    let mut router = Router::new().nest_service(&format!("/{pkg}"), built);
    // Named one by one at the start, so that no page has to ask the disk first whether it is a file.
    for entry in std::fs::read_dir(site).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        match name.to_str() {
            Some(name) if name != pkg && path.is_dir() => {
                router = router.nest_service(&format!("/{name}"), folder(&path));
            }
            // A folder that an older build has left: the program says itself what robots may look at.
            Some("robots.txt") => {}
            // The build's compressed copies are other forms of a file, not files of their own.
            Some(name) if path.is_file() && !name.ends_with(".br") && !name.ends_with(".gz") => {
                let file = ServeFile::new(path).precompressed_br().precompressed_gzip();
                router = router.route_service(&format!("/{name}"), file);
            }
            _ => {}
        }
    }
    router
}

fn folder(path: &Path) -> ServeDir {
    ServeDir::new(path).append_index_html_on_directories(false).precompressed_br().precompressed_gzip()
}

/// Whether the file may be kept is known only once it has been found.
fn keep_if_there<B>(mut response: Response<B>) -> Response<B> {
    let is_there = matches!(response.status(), StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED);
    response.headers_mut().insert(header::CACHE_CONTROL, if is_there { FOR_EVER } else { NOT_YET });
    response
}
