//! How a page is looked at: the size of the window, light or dark, and pictures of it.

use std::path::Path;

use serde_json::json;

use super::{Browser, NoBrowser, fail};

/// The tallest picture, in pixels: what is below is left out.
const TALLEST: u32 = 6_000;
/// The lowest: as tall as a window, so that what follows its height looks as it does there.
const LOWEST: u32 = 800;

impl Browser {
    /// The page as a window of this size shows it, without a reload.
    ///
    /// # Errors
    /// What the driver said.
    pub async fn resize(&self, width: u32, height: u32) -> Result<(), NoBrowser> {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.cdp("Emulation.setDeviceMetricsOverride", size).await.map(drop)
    }

    /// The page as a system with this scheme shows it, without a reload; nothing moves meanwhile, so that no
    /// colour is seen half way.
    ///
    /// # Errors
    /// What the driver said.
    pub async fn dark(&self, dark: bool) -> Result<(), NoBrowser> {
        let value = if dark { "dark" } else { "light" };
        let scheme = json!({ "features": [
            { "name": "prefers-color-scheme", "value": value },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.cdp("Emulation.setEmulatedMedia", scheme).await.map(drop)
    }

    /// Whether pages that are opened from now on are spared their own policies: so that axe can look at what
    /// is made for a frame in which nothing runs.
    ///
    /// # Errors
    /// What the driver said.
    pub async fn bypass_policies(&self, spared: bool) -> Result<(), NoBrowser> {
        self.cdp("Page.setBypassCSP", json!({ "enabled": spared })).await.map(drop)
    }

    /// Writes a picture of the whole page (JPEG), in a window of this width that is as tall as the page:
    /// what stands in frames is drawn only where the window is.
    ///
    /// # Errors
    /// What the driver or the system said.
    pub async fn picture(&self, width: u32, file: &Path) -> Result<(), NoBrowser> {
        let size = self.cdp("Page.getLayoutMetrics", json!({})).await?;
        let tall = size["cssContentSize"]["height"].as_f64().unwrap_or_default();
        let tall = format!("{tall:.0}").parse().unwrap_or(TALLEST).clamp(LOWEST, TALLEST);
        self.resize(width, tall).await?;
        let how = json!({ "format": "jpeg", "quality": 80 });
        let coded = self.cdp("Page.captureScreenshot", how).await?;
        let bytes = crate::letter::unbase64(coded["data"].as_str().unwrap_or_default().as_bytes());
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(fail)?;
        }
        std::fs::write(file, bytes).map_err(fail)
    }
}
